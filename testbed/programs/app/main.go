// Command app is a workload to restart: an HTTP server that says who it is, and leaves as it is told to.
//
//	GET /            the host name
//	GET /slow?ms=N   the same after N milliseconds
//	GET /readyz      200, or 503 from SIGTERM on
//	POST /echo       the body
//
// With -linger it serves on for so long after SIGTERM and then waits for requests in flight, as a well-behaved
// application does. Without it ends at once, and what is in flight is lost.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	address := flag.String("listen", ":8080", "address to serve on")
	linger := flag.Duration("linger", 0, "time to serve on after SIGTERM; 0 ends at once")
	flag.Parse()
	var leaving atomic.Bool
	server := &http.Server{Addr: *address, Handler: routes(&leaving), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	<-told
	if *linger == 0 {
		return
	}
	leaving.Store(true)
	time.Sleep(*linger)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_ = server.Shutdown(ctx)
}

func routes(leaving *atomic.Bool) http.Handler {
	name, _ := os.Hostname()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if leaving.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		ms, _ := strconv.Atoi(r.URL.Query().Get("ms"))
		time.Sleep(time.Duration(min(ms, 60_000)) * time.Millisecond)
		fmt.Fprintln(w, name)
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, io.LimitReader(r.Body, 1<<20))
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, name) })
	return mux
}
