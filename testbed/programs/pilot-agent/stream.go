package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// hello is what the agent says of its proxy when it connects.
type hello struct {
	Pod       string          `json:"pod"`
	Namespace string          `json:"namespace"`
	Type      string          `json:"type"`
	Version   string          `json:"version"`
	Ports     json.RawMessage `json:"ports"`
}

// push is a configuration: lists of Envoy's clusters and listeners, and endpoints by the name of their file.
type push struct {
	Stream    string                     `json:"stream"`
	Nonce     string                     `json:"nonce"`
	Endpoints map[string]json.RawMessage `json:"endpoints"`
	Clusters  []json.RawMessage          `json:"clusters"`
	Listener  []json.RawMessage          `json:"listeners"`
}

type answer struct {
	Stream string `json:"stream"`
	Nonce  string `json:"nonce"`
	Error  string `json:"error,omitempty"`
}

type stream struct {
	base       string
	hello      hello
	envoy      *envoy
	configured atomic.Bool
	running    bool
	last       [2]string
	endpoints  map[string]string
}

func (s *stream) client() (*http.Client, error) {
	pem, err := os.ReadFile("/var/run/secrets/istio/root-cert.pem")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 5 * time.Second}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: dialer.DialContext, ForceAttemptHTTP2: false}
	return &http.Client{Transport: transport}, nil
}

// follow keeps a stream to istiod open; without one the proxy goes on with what it has.
func (s *stream) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.once(ctx); err != nil && ctx.Err() == nil {
			log.Printf("stream to %s: %v", s.base, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (s *stream) once(parent context.Context) error {
	ctx, stop := context.WithCancel(parent)
	defer stop()
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	body, _ := json.Marshal(s.hello)
	asked, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/standin/stream", bytes.NewReader(body))
	if err != nil {
		return err
	}
	told, err := client.Do(asked)
	if err != nil {
		return err
	}
	defer told.Body.Close()
	if told.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", told.StatusCode)
	}
	decoder := json.NewDecoder(told.Body)
	// istiod sends an empty push every five seconds: a pod that is gone would never close its connections.
	silence := time.AfterFunc(15*time.Second, stop)
	defer silence.Stop()
	for {
		var next push
		if err := decoder.Decode(&next); err != nil {
			return err
		}
		silence.Reset(15 * time.Second)
		if next.Nonce == "" {
			continue
		}
		s.acknowledge(ctx, client, answer{next.Stream, next.Nonce, s.take(next)})
	}
}

// take hands a configuration to Envoy and says why it was refused, or nothing.
func (s *stream) take(next push) string {
	// Before the clusters: one whose file is not there yet would wait for it.
	for name, endpoints := range next.Endpoints {
		if s.endpoints[name] == string(endpoints) {
			continue
		}
		s.endpoints[name] = string(endpoints)
		must(writeJSON(filepath.Join(folder, "endpoints", name), object{"version_info": next.Nonce, "resources": []json.RawMessage{endpoints}}))
	}
	before, beforeRefused, _ := s.envoy.updates()
	files := [2]string{}
	changed := 0
	for index, resources := range [][]json.RawMessage{next.Clusters, next.Listener} {
		if resources == nil {
			resources = []json.RawMessage{}
		}
		text, _ := json.Marshal(resources)
		files[index] = string(text)
		if files[index] == s.last[index] {
			continue
		}
		changed++
		name := []string{"cds.json", "lds.json"}[index]
		must(writeJSON(filepath.Join(folder, name), object{"version_info": next.Nonce, "resources": resources}))
	}
	s.last = files
	if !s.running {
		s.running = true
		s.envoy.start()
	}
	return s.outcome(before+changed, beforeRefused)
}

func (s *stream) outcome(wanted, refusedBefore int) string {
	for range 300 {
		taken, refused, ok := s.envoy.updates()
		if ok && refused > refusedBefore {
			return "Error adding/updating listener(s): refused by Envoy, see its log"
		}
		if ok && taken >= wanted && s.envoy.live() {
			s.configured.Store(true)
			return ""
		}
		time.Sleep(100 * time.Millisecond)
	}
	return "no answer of Envoy within 30 s"
}

func (s *stream) acknowledge(ctx context.Context, client *http.Client, what answer) {
	body, _ := json.Marshal(what)
	asked, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/standin/answer", bytes.NewReader(body))
	if err != nil {
		return
	}
	told, err := client.Do(asked)
	if err != nil {
		log.Printf("answer to istiod: %v", err)
		return
	}
	_, _ = io.Copy(io.Discard, told.Body)
	told.Body.Close()
}
