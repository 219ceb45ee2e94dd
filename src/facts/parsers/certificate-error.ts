/** What is wrong with a TLS certificate, or with the terms of a handshake. */
export type CertificateFault = 'authority' | 'expired' | 'name' | 'handshake';

/**
 * Texts of Go, OpenSSL, curl, GnuTLS, Node.js and Java (English; curl and OpenSSL are not translated). A certificate that
 * is not valid yet is a matter of clocks: it is refused all the same, but told as none of these.
 */
const FAULTS: readonly (readonly [RegExp, CertificateFault])[] = [
  [
    /certificate has expired(?! or is not yet valid: current time \S+ is before)|CERT_HAS_EXPIRED|certificate expired|CertificateExpired|NotAfter: /i,
    'expired',
  ],
  [
    /certificate is (?:not )?valid for .{0,300}?, not |cannot validate certificate for \S+ because it doesn't contain any IP SANs|certificate is not valid for any names|relies on legacy Common Name|(?:no alternative )?certificate subject name .{0,300}(?:does not match|matches)|does not match certificate's altnames|ERR_TLS_CERT_ALTNAME_INVALID|hostname mismatch|No subject alternative (?:DNS )?names? /i,
    'name',
  ],
  [
    /signed by unknown authority|unable to get (?:local )?issuer certificate|self[- ]signed certificate|unable to verify the first certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT|PKIX path building failed|locally verify the issuer|unknown (?:certificate authority|CA)\b/i,
    'authority',
  ],
  [
    /remote error: tls: |tls: (?:first record does not look like|bad certificate|handshake failure|protocol version|certificate required)|gave HTTP response to HTTPS client|wrong version number|(?:tlsv\d\S*|sslv3) alert|certificate required|plain HTTP request was sent to HTTPS port|no (?:cipher|protocols?) (?:match|available)|unsupported protocol/i,
    'handshake',
  ],
];

/** The fault that a text names; undefined where it names none. */
export function certificateFault(text: string): CertificateFault | undefined {
  for (const [pattern, fault] of FAULTS) if (pattern.test(text)) return fault;
  return undefined;
}

/** The fact that says so; a handshake that is refused has none of its own. */
export const FACT_OF_FAULT: Readonly<Record<CertificateFault, string>> = {
  authority: 'tls.authority-unknown',
  expired: 'tls.certificate-expired',
  name: 'tls.name-not-covered',
  handshake: 'tls.handshake-refused',
};

/** Certificates that a controller serves where it has none for the name that was asked for. */
export const DEFAULT_CERTIFICATE = /Kubernetes Ingress Controller Fake Certificate|TRAEFIK DEFAULT CERT/i;
