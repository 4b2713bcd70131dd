package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

const (
	folder = "/etc/istio/proxy"
	admin  = "http://127.0.0.1:15000"
)

type object = map[string]any

// envoy is the proxy that the agent runs.
type envoy struct {
	node    string
	router  bool
	command *exec.Cmd
	drained atomic.Bool
	ended   chan error
}

func (e *envoy) bootstrap() object {
	source := func(name string) object {
		path := filepath.Join(folder, name)
		return object{"resource_api_version": "V3", "path_config_source": object{"path": path, "watched_directory": object{"path": folder}}}
	}
	address := object{"socket_address": object{"address": "127.0.0.1", "port_value": 15000}}
	return object{
		"node":              object{"id": e.node, "cluster": "testbed"},
		"admin":             object{"address": address},
		"dynamic_resources": object{"lds_config": source("lds.json"), "cds_config": source("cds.json")},
	}
}

// start begins with the flags that pilot-agent gives (pkg/envoy/proxy.go), but for hot restart, which nobody uses.
func (e *envoy) start() {
	file := filepath.Join(folder, "bootstrap.json")
	must(writeJSON(file, e.bootstrap()))
	e.command = exec.Command("/usr/local/bin/envoy", "-c", file, "--drain-time-s", "45", "--drain-strategy", "immediate",
		"--disable-hot-restart", "--local-address-ip-version", "v4", "--concurrency", "1", "--log-level", "warning")
	e.command.Stdout, e.command.Stderr = os.Stdout, os.Stderr
	// Envoy must not outlive its agent, whatever ends that.
	e.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(e.command.Start())
	log.Printf("Envoy %s runs as process %d", os.Getenv("ISTIO_VERSION"), e.command.Process.Pid)
	go func() { e.ended <- e.command.Wait() }()
}

func (e *envoy) live() bool {
	status, _, err := call(http.MethodGet, admin+"/ready")
	return err == nil && status == http.StatusOK
}

// drain tells clients to go elsewhere; of a sidecar only those that come from outside.
func (e *envoy) drain(skipExit bool) error {
	path := "/drain_listeners?inboundonly&graceful"
	if e.router {
		path = "/drain_listeners?graceful"
	}
	if skipExit {
		path += "&skip_exit"
	}
	status, _, err := call(http.MethodPost, admin+path)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	log.Printf("drain (%s): %v", path, err)
	return err
}

var activePattern = regexp.MustCompile(`^listener\.[\d.]+_15006\.downstream_cx_active: (\d+)|^listener\.[\d.]+_(?:80|443|8080|8443)\.downstream_cx_active: (\d+)`)

// active counts client connections, not those of the admin port.
func (e *envoy) active() int {
	_, text, err := call(http.MethodGet, admin+"/stats?filter=downstream_cx_active")
	if err != nil {
		return 0
	}
	sum := 0
	for _, line := range strings.Split(text, "\n") {
		for _, found := range activePattern.FindAllStringSubmatch(line, 1) {
			count, _ := strconv.Atoi(found[1] + found[2])
			sum += count
		}
	}
	return sum
}

// updates reads how often Envoy took and refused a new configuration of listeners and clusters.
func (e *envoy) updates() (taken, refused int, ok bool) {
	status, text, err := call(http.MethodGet, admin+`/stats?filter=^(listener_manager.lds|cluster_manager.cds)\.update_(success|rejected)$`)
	if err != nil || status != http.StatusOK {
		return 0, 0, false
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		name, value, _ := strings.Cut(line, ": ")
		count, _ := strconv.Atoi(value)
		if strings.HasSuffix(name, "rejected") {
			refused += count
		} else {
			taken += count
		}
	}
	return taken, refused, true
}

// writeJSON replaces a file in one step: Envoy watches for renames.
func writeJSON(file string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".part", text, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
