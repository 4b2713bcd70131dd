package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

const credentials = "/var/run/secrets/kubernetes.io/serviceaccount/"

// cluster reads with the pod's own service account.
type cluster struct {
	server string
	client *http.Client
}

func newCluster() (*cluster, error) {
	ca, err := os.ReadFile(credentials + "ca.crt")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConns: 4}
	server := fmt.Sprintf("https://%s:%s", os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	return &cluster{server, &http.Client{Transport: transport}}, nil
}

func (c *cluster) get(ctx context.Context, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server+path, nil)
	if err != nil {
		return nil, err
	}
	// Read each time: kubelet renews it.
	token, err := os.ReadFile(credentials + "token")
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return response, nil
}

func listOf[T any](c *cluster, path string) ([]T, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	response, err := c.get(ctx, path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var found list[T]
	err = json.NewDecoder(response.Body).Decode(&found)
	return found.Items, err
}

// watch says that something changed, also when it can't know: at the start of every stream.
func (c *cluster) watch(path string, changed chan<- struct{}) {
	for {
		c.follow(path, changed)
		time.Sleep(time.Second)
	}
}

func (c *cluster) follow(path string, changed chan<- struct{}) {
	response, err := c.get(context.Background(), path+"?watch=true&timeoutSeconds=300")
	if err != nil {
		return
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 4<<20)
	notify(changed)
	for lines.Scan() {
		notify(changed)
	}
}

func notify(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}
