package main

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// config is what the agent needs of env PROXY_CONFIG.
type config struct {
	DiscoveryAddress         string `json:"discoveryAddress"`
	TerminationDrainDuration string `json:"terminationDrainDuration"`
}

func runProxy(args []string) {
	if len(args) < 1 {
		log.Fatal("usage: pilot-agent proxy sidecar|router")
	}
	var settings config
	must(json.Unmarshal([]byte(or(os.Getenv("PROXY_CONFIG"), "{}")), &settings))
	name, namespace := os.Getenv("POD_NAME"), os.Getenv("POD_NAMESPACE")
	proxy := &envoy{node: args[0] + "~" + name + "." + namespace, router: args[0] == "router", ended: make(chan error, 1)}
	xds := &stream{
		base:  "https://" + or(settings.DiscoveryAddress, "istiod.istio-system.svc:15012"),
		hello: hello{name, namespace, args[0], os.Getenv("ISTIO_VERSION"), json.RawMessage(or(os.Getenv("ISTIO_META_POD_PORTS"), "[]"))},
		envoy: proxy, endpoints: map[string]string{},
	}
	must(os.MkdirAll(filepath.Join(folder, "endpoints"), 0o755))
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go xds.follow(ctx)
	serve(&status{proxy, xds, probers()})
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	select {
	case err := <-proxy.ended:
		log.Fatalf("Envoy has ended: %v", err)
	case <-told:
		terminate(proxy, settings)
	}
}

// terminate drains as pilot-agent does (pkg/envoy/agent.go): the drain duration, or with EXIT_ON_ZERO_ACTIVE_CONNECTIONS
// at least the minimum and then until nobody is connected. A proxy that the preStop hook drained ends at once.
func terminate(proxy *envoy, settings config) {
	if proxy.command == nil || proxy.drained.Load() {
		log.Print("drained already: exiting")
		return
	}
	_ = proxy.drain(false)
	if os.Getenv("EXIT_ON_ZERO_ACTIVE_CONNECTIONS") != "true" {
		time.Sleep(duration(or(os.Getenv("TERMINATION_DRAIN_DURATION_SECONDS"), settings.TerminationDrainDuration)))
		log.Print("drain duration is over: exiting")
		return
	}
	time.Sleep(duration(os.Getenv("MINIMUM_DRAIN_DURATION")))
	for proxy.active() > 0 {
		time.Sleep(time.Second)
	}
	log.Print("no active connections: exiting")
}

// duration reads '5s' or '5'; 5 s when nothing is said.
func duration(text string) time.Duration {
	if text == "" {
		return 5 * time.Second
	}
	if parsed, err := time.ParseDuration(text); err == nil {
		return parsed
	}
	parsed, err := time.ParseDuration(text + "s")
	must(err)
	return parsed
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// status answers the kubelet and the preStop hook.
type status struct {
	envoy   *envoy
	stream  *stream
	probers map[string]prober
}

type prober struct {
	HTTPGet *struct {
		Path   string `json:"path"`
		Port   int    `json:"port"`
		Scheme string `json:"scheme"`
	} `json:"httpGet"`
	TCPSocket *struct {
		Port int `json:"port"`
	} `json:"tcpSocket"`
}

func port(number int) string { return strconv.Itoa(number) }

func probers() map[string]prober {
	found := map[string]prober{}
	must(json.Unmarshal([]byte(or(os.Getenv("ISTIO_KUBE_APP_PROBERS"), "{}")), &found))
	return found
}

func serve(s *status) {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz/ready", func(w http.ResponseWriter, _ *http.Request) {
		if !s.stream.configured.Load() || !s.envoy.live() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("POST /drain", func(w http.ResponseWriter, _ *http.Request) {
		s.envoy.drained.Store(true)
		if err := s.envoy.drain(true); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("/stats/prometheus", func(w http.ResponseWriter, _ *http.Request) {
		_, body, _ := call(http.MethodGet, admin+"/stats/prometheus")
		_, _ = w.Write([]byte(body))
	})
	mux.HandleFunc("/app-health/", s.application)
	for _, address := range []string{":15020", ":15021"} {
		go func() { log.Fatal(http.ListenAndServe(address, mux)) }()
	}
}

// application asks the application what the kubelet would have asked.
func (s *status) application(w http.ResponseWriter, r *http.Request) {
	found, known := s.probers[r.URL.Path]
	host := or(os.Getenv("INSTANCE_IP"), "127.0.0.1")
	switch {
	case known && found.HTTPGet != nil:
		code, _, err := call(http.MethodGet, "http://"+net.JoinHostPort(host, port(found.HTTPGet.Port))+"/"+strings.TrimPrefix(found.HTTPGet.Path, "/"))
		if err != nil {
			code = http.StatusInternalServerError
		}
		w.WriteHeader(code)
	case known && found.TCPSocket != nil:
		connection, err := net.DialTimeout("tcp", net.JoinHostPort(host, port(found.TCPSocket.Port)), time.Second)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		connection.Close()
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
