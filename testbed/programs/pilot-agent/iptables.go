package main

import (
	"log"
	"os/exec"
	"strings"
)

// rules redirect what comes in to port 15006 and what goes out to 15001. The proxy's own traffic (user 1337), loopback
// and the ports of agent and kubelet stay as they are.
const rules = `
-N ISTIO_INBOUND
-N ISTIO_OUTPUT
-N ISTIO_REDIRECT
-N ISTIO_IN_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A OUTPUT -p tcp -j ISTIO_OUTPUT
-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -o lo -j RETURN
-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
`

func redirect() {
	for _, rule := range strings.Split(strings.TrimSpace(rules), "\n") {
		arguments := append([]string{"-w", "-t", "nat"}, strings.Fields(rule)...)
		if said, err := exec.Command("iptables", arguments...).CombinedOutput(); err != nil {
			log.Fatalf("iptables %s: %v: %s", rule, err, said)
		}
	}
	log.Print("traffic is redirected")
}
