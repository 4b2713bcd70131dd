// Command mesh-ca makes the certificates of the stand-in istiod: `root` a self-signed authority, `leaf` a server's
// certificate by the authority on standard input. Both print {"certificate", "key"} in PEM.
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
	"os"
	"time"
)

type pair struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

// wish is what `leaf` reads.
type wish struct {
	Authority pair     `json:"authority"`
	Names     []string `json:"names"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "root" {
		key := newKey()
		template := template(pkix.Name{Organization: []string{"cluster.local"}}, 10*365*24*time.Hour)
		template.IsCA, template.BasicConstraintsValid = true, true
		template.KeyUsage = x509.KeyUsageCertSign
		tell(sign(template, template, key, key), key)
		return
	}
	var asked wish
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	parent, err := x509.ParseCertificate(der(asked.Authority.Certificate))
	must(err)
	parentKey, err := x509.ParseECPrivateKey(der(asked.Authority.Key))
	must(err)
	key := newKey()
	template := template(pkix.Name{}, 30*24*time.Hour)
	template.DNSNames = asked.Names
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	tell(sign(template, parent, key, parentKey), key)
}

func template(subject pkix.Name, validity time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	must(err)
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

func sign(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) []byte {
	certificate, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	must(err)
	return certificate
}

func der(text string) []byte {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		log.Fatal("no PEM in the authority")
	}
	return block.Bytes
}

func tell(certificate []byte, key *ecdsa.PrivateKey) {
	bytes, err := x509.MarshalECPrivateKey(key)
	must(err)
	text := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	must(json.NewEncoder(os.Stdout).Encode(pair{text("CERTIFICATE", certificate), text("EC PRIVATE KEY", bytes)}))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
