// Command certs writes the certificates of a test cluster into a folder: a CA, the leaves named on standard input, and
// a key pair for service accounts. EC keys, because ten RSA keys cost seven seconds.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// leaf is a certificate to make. With names it can be a server's as well.
type leaf struct {
	File          string   `json:"file"`
	CommonName    string   `json:"commonName"`
	Organizations []string `json:"organizations"`
	Names         []string `json:"names"`
}

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func main() {
	folder := os.Args[1]
	var leaves []leaf
	must(json.NewDecoder(os.Stdin).Decode(&leaves))
	must(os.MkdirAll(folder, 0o700))
	ca := makeAuthority(folder)
	for _, wanted := range leaves {
		makeLeaf(folder, ca, wanted)
	}
	makeServiceAccountKeys(folder)
}

func makeAuthority(folder string) authority {
	key := newKey()
	template := template(pkix.Name{CommonName: "meshlift-testbed"}, 1)
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	certificate := sign(template, template, key, key)
	write(folder, "ca", certificate, key)
	return authority{certificate, key}
}

func makeLeaf(folder string, ca authority, wanted leaf) {
	key := newKey()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	must(err)
	subject := pkix.Name{CommonName: wanted.CommonName, Organization: wanted.Organizations}
	template := template(subject, serial.Int64())
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(wanted.Names) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, name := range wanted.Names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
			continue
		}
		template.DNSNames = append(template.DNSNames, name)
	}
	write(folder, wanted.File, sign(template, ca.certificate, key, ca.key), key)
}

func makeServiceAccountKeys(folder string) {
	key := newKey()
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	must(err)
	writePem(filepath.Join(folder, "sa.pub"), "PUBLIC KEY", public)
	writeKey(filepath.Join(folder, "sa.key"), key)
}

// template is valid from an hour ago, so that a clock that was set back a little does no harm, for thirty days.
func template(subject pkix.Name, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      subject,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(30 * 24 * time.Hour),
	}
}

func sign(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	must(err)
	certificate, err := x509.ParseCertificate(der)
	must(err)
	return certificate
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

func write(folder, name string, certificate *x509.Certificate, key *ecdsa.PrivateKey) {
	writePem(filepath.Join(folder, name+".crt"), "CERTIFICATE", certificate.Raw)
	writeKey(filepath.Join(folder, name+".key"), key)
}

func writeKey(path string, key *ecdsa.PrivateKey) {
	der, err := x509.MarshalECPrivateKey(key)
	must(err)
	writePem(path, "EC PRIVATE KEY", der)
}

func writePem(path, kind string, der []byte) {
	must(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
