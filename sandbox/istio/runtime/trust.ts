/** PEM of the root that every simulated istiod signs with: self-signed, organisation cluster.local. Its key is gone. */
export const rootCertificate = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIUM/C6Uggb3ii1aC0MPhZqVIjBjMkwCgYIKoZIzj0EAwIw
GDEWMBQGA1UECgwNY2x1c3Rlci5sb2NhbDAgFw0yNjExMjEwNTUyMTNaGA8yMTI2
MTAyODA1NTIxM1owGDEWMBQGA1UECgwNY2x1c3Rlci5sb2NhbDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABPAstjLtDgsUFLGBnenJhmlxGMLD5IjdrdvFVrk5PVze
Dvz3bfb2aOIr++Qu2WqZtx5L96c9lX3wrNBgjSQeDTmjUzBRMB0GA1UdDgQWBBRF
9hqE35Y4l9JSqV/zyl78r3EgeTAfBgNVHSMEGDAWgBRF9hqE35Y4l9JSqV/zyl78
r3EgeTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQC7Rl1DF1r5
70i3TFQpTjwMX2SkQCVkav1DW9ilKBwQOwIhAOrUPvimhquX52Jfu1ughbcaUEUZ
daFhag0LJC7+Boz9
-----END CERTIFICATE-----
`;

/** End of its validity, milliseconds since 1970. */
export const rootExpiry = Date.UTC(2126, 9, 28, 5, 52, 13);

/** The root as webhook configurations carry it. */
export const rootBundle = Buffer.from(rootCertificate).toString('base64');
