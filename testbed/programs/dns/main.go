// Command dns answers for the services of the cluster it runs in, and knows no other names: nothing is ever asked of a
// resolver outside.
package main

import (
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	servicesPath = "/api/v1/services"
	slicesPath   = "/apis/discovery.k8s.io/v1/endpointslices"
)

func main() {
	api, err := newCluster()
	if err != nil {
		log.Fatal(err)
	}
	var current atomic.Pointer[records]
	changed := make(chan struct{}, 1)
	go api.watch(servicesPath, changed)
	go api.watch(slicesPath, changed)
	go refresh(api, changed, &current)
	go serveReadiness(&current)
	go serveTCP(&current)
	serveUDP(&current)
}

// refresh reads all again after a change; what is known stays in force while that fails.
func refresh(api *cluster, changed chan struct{}, current *atomic.Pointer[records]) {
	for range changed {
		services, err := listOf[service](api, servicesPath)
		slices, sliceErr := listOf[slice](api, slicesPath)
		if err != nil || sliceErr != nil {
			log.Print("cannot read the cluster: ", err, sliceErr)
			time.Sleep(time.Second)
			notify(changed)
			continue
		}
		found := makeRecords(services, slices)
		current.Store(&found)
		time.Sleep(50 * time.Millisecond)
	}
}

func serveReadiness(current *atomic.Pointer[records]) {
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if current.Load() == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8181", nil))
}

func reply(message []byte, current *atomic.Pointer[records]) []byte {
	asked, err := parse(message)
	known := current.Load()
	if err != nil || known == nil {
		return nil
	}
	addresses, found := (*known)[asked.name]
	return answer(asked, addresses, found)
}

func serveUDP(current *atomic.Pointer[records]) {
	connection, err := net.ListenPacket("udp", ":53")
	if err != nil {
		log.Fatal(err)
	}
	buffer := make([]byte, 4096)
	for {
		size, from, err := connection.ReadFrom(buffer)
		if err != nil {
			log.Fatal(err)
		}
		if message := reply(buffer[:size], current); message != nil {
			_, _ = connection.WriteTo(message, from)
		}
	}
}

func serveTCP(current *atomic.Pointer[records]) {
	listener, err := net.Listen("tcp", ":53")
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serveConnection(connection, current)
	}
}

func serveConnection(connection net.Conn, current *atomic.Pointer[records]) {
	defer connection.Close()
	for {
		_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
		var size [2]byte
		if _, err := io.ReadFull(connection, size[:]); err != nil {
			return
		}
		message := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(connection, message); err != nil {
			return
		}
		answer := reply(message, current)
		if answer == nil {
			return
		}
		framed := binary.BigEndian.AppendUint16(nil, uint16(len(answer)))
		if _, err := connection.Write(append(framed, answer...)); err != nil {
			return
		}
	}
}
