// Command load sends GETs to a URL at a fixed rate, whatever the answers take (open loop), for a bounded time, and
// prints one JSON line with what came of them. The counts so far are served on /report.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

type report struct {
	mutex  sync.Mutex
	Sent   int            `json:"sent"`
	OK     int            `json:"ok"`
	Failed int            `json:"failed"`
	Kinds  map[string]int `json:"kinds"`
}

func main() {
	url := flag.String("url", "", "URL to ask")
	rate := flag.Int("rate", 50, "requests a second, at most 500")
	duration := flag.Duration("for", time.Minute, "time to send, at most an hour")
	listen := flag.String("listen", ":8081", "address of /report")
	fresh := flag.Bool("fresh", false, "a connection of its own for every request")
	flag.Parse()
	if *url == "" || *rate < 1 || *rate > 500 || *duration > time.Hour {
		flag.Usage()
		os.Exit(2)
	}
	counts := &report{Kinds: map[string]int{}}
	http.HandleFunc("GET /report", func(w http.ResponseWriter, _ *http.Request) { counts.print(w) })
	go func() { log.Fatal(http.ListenAndServe(*listen, nil)) }()
	send(*url, *rate, *duration, *fresh, counts)
	counts.print(os.Stdout)
}

// send returns when the time is over or it is told to end, and every request has its answer.
func send(url string, rate int, duration time.Duration, fresh bool, counts *report) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	client := &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableKeepAlives: fresh},
	}
	end := time.After(duration)
	ticks := time.NewTicker(time.Second / time.Duration(rate))
	defer ticks.Stop()
	var inFlight sync.WaitGroup
	defer inFlight.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-end:
			return
		case <-ticks.C:
			inFlight.Add(1)
			go func() {
				defer inFlight.Done()
				counts.add(ask(client, url))
			}()
		}
	}
}

// ask says what kind of failure it was, or nothing.
func ask(client *http.Client, url string) string {
	response, err := client.Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err.Error()
	}
	if response.StatusCode != http.StatusOK {
		return response.Status
	}
	return ""
}

func (r *report) add(failure string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.Sent++
	if failure == "" {
		r.OK++
		return
	}
	r.Failed++
	r.Kinds[failure]++
}

func (r *report) print(w io.Writer) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	_ = json.NewEncoder(w).Encode(r)
}
