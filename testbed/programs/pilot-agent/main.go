// Command pilot-agent stands for Istio's: it runs an Envoy with the configuration that its istiod sends, answers the
// kubelet, drains when it is told to end, and redirects a pod's traffic. The command lines are those of the injected pods.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	if len(os.Args) < 2 {
		log.Fatal("usage: pilot-agent proxy|request|istio-iptables|wait")
	}
	switch os.Args[1] {
	case "proxy":
		runProxy(os.Args[2:])
	case "request":
		request(os.Args[2:])
	case "istio-iptables":
		redirect()
	case "wait":
		waitFor(os.Args[2:])
	default:
		log.Fatalf("unknown command %q", os.Args[1])
	}
}

// request is `pilot-agent request [--debug-port=N] METHOD PATH`: to Envoy's admin port, or to the agent's.
func request(args []string) {
	port := "15000"
	words := []string{}
	for _, arg := range args {
		if value, found := strings.CutPrefix(arg, "--debug-port="); found {
			port = value
			continue
		}
		words = append(words, arg)
	}
	if len(words) != 2 {
		log.Fatal("usage: pilot-agent request [--debug-port=N] METHOD PATH")
	}
	status, body, err := call(words[0], "http://127.0.0.1:"+port+"/"+strings.TrimPrefix(words[1], "/"))
	if err != nil || status != http.StatusOK {
		log.Fatalf("%s %s: status %d, %v", words[0], words[1], status, err)
	}
	fmt.Print(body)
}

// waitFor is `pilot-agent wait [--timeoutSeconds N] [--url URL]`: until the page answers 200, by default that the proxy is ready.
func waitFor(args []string) {
	flags := flag.NewFlagSet("wait", flag.ExitOnError)
	seconds := flags.Int("timeoutSeconds", 60, "time to wait")
	url := flags.String("url", "http://127.0.0.1:15021/healthz/ready", "page to ask")
	_ = flags.Parse(args)
	for end := time.Now().Add(time.Duration(*seconds) * time.Second); time.Now().Before(end); {
		if status, _, err := call(http.MethodGet, *url); err == nil && status == http.StatusOK {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	log.Fatalf("%s does not answer within %d s", *url, *seconds)
}

var local = &http.Client{Timeout: 5 * time.Second}

func call(method, url string) (int, string, error) {
	asked, err := http.NewRequest(method, url, nil)
	if err != nil {
		return 0, "", err
	}
	answer, err := local.Do(asked)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}
