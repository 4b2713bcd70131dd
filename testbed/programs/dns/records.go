package main

import "net"

const zone = ".svc.cluster.local"

type list[T any] struct {
	Items []T `json:"items"`
}

type meta struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
}

type service struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		ClusterIP string `json:"clusterIP"`
	} `json:"spec"`
}

type slice struct {
	Metadata    meta   `json:"metadata"`
	AddressType string `json:"addressType"`
	Endpoints   []struct {
		Addresses  []string `json:"addresses"`
		Hostname   string   `json:"hostname"`
		Conditions struct {
			Ready *bool `json:"ready"`
		} `json:"conditions"`
	} `json:"endpoints"`
}

type records map[string][]net.IP

// makeRecords follows the Kubernetes DNS specification for A records: a service's own address; for a headless service
// its ready endpoints, and each of those that has a hostname under that name.
func makeRecords(services []service, slices []slice) records {
	found := records{}
	headless := map[string]bool{}
	for _, one := range services {
		name := one.Metadata.Name + "." + one.Metadata.Namespace + zone
		if one.Spec.ClusterIP != "" && one.Spec.ClusterIP != "None" {
			found[name] = []net.IP{net.ParseIP(one.Spec.ClusterIP)}
			continue
		}
		found[name] = nil
		headless[name] = true
	}
	for _, one := range slices {
		name := one.Metadata.Labels["kubernetes.io/service-name"] + "." + one.Metadata.Namespace + zone
		if headless[name] && one.AddressType == "IPv4" {
			addEndpoints(found, name, one)
		}
	}
	return found
}

func addEndpoints(found records, name string, one slice) {
	for _, endpoint := range one.Endpoints {
		// Ready is true for a service with publishNotReadyAddresses, so the condition alone decides. Absent means true.
		if endpoint.Conditions.Ready != nil && !*endpoint.Conditions.Ready {
			continue
		}
		for _, address := range endpoint.Addresses {
			ip := net.ParseIP(address)
			found[name] = append(found[name], ip)
			if endpoint.Hostname != "" {
				own := endpoint.Hostname + "." + name
				found[own] = append(found[own], ip)
			}
		}
	}
}
