import { expect, test } from 'vitest';
import { certificateUses, readCertificates } from './certificates.ts';
import { parseConfiguration } from './config.ts';

/** Made by openssl for this test alone. */
const own = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT2gAwIBAgIUN6I+WrY0plgWyjl9WYrpfq67eSAwCgYIKoZIzj0EAwIw
ITEPMA0GA1UECgwGQ2xpbmljMQ4wDAYDVQQDDAViYXktMzAeFw0yNjExMjUwNDU0
MDJaFw0zNjExMjIwNDU0MDJaMCExDzANBgNVBAoMBkNsaW5pYzEOMAwGA1UEAwwF
YmF5LTMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARWaJnVNG5rM4joUu2Eue82
4Zi2Q7mhtoidoLIPqq352zvmv5hWRAN9shzg0JecPDpwLL7bCQhIRf17mBrnCLwF
o1MwUTAdBgNVHQ4EFgQUftId6Y138SPBNHOCo4pto9gcgFcwHwYDVR0jBBgwFoAU
ftId6Y138SPBNHOCo4pto9gcgFcwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
AgNJADBGAiEAqvjc9G5rl/Lf3VI4YJBK+BhwH0kQbzSjHSk8GRZz/T0CIQDRssud
Hor2h4gWLRJb3SB3eGtqDNHGtfV4n9A2iXibuA==
-----END CERTIFICATE-----`;
const root = `-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUR9g/Ih1nNxUPQrzvGwid2oGXTNswCgYIKoZIzj0EAwIw
ETEPMA0GA1UECgwGQ2xpbmljMB4XDTI2MTEyNTA0NTQwMloXDTM2MTEyMjA0NTQw
MlowETEPMA0GA1UECgwGQ2xpbmljMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
wJIIlhqluTSsiglxoQ+JvPx7qYvP1iNjFf0nqPdANNom3NW/HNORI3R1kJ1hcXwr
eX+SIv0tBmK5NsagSl3aQqNTMFEwHQYDVR0OBBYEFFZTqMY3x81kT47h+kQxvMLD
koPtMB8GA1UdIwQYMBaAFFZTqMY3x81kT47h+kQxvMLDkoPtMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhANUG/IbmT38CnjrR71mIrUs6JQxoi4QU
vnwXFEFohr/nAiBIAXX+XhCHzkq0G2Z+PuJ/xtvoZTZKyORNusM1VB5NDg==
-----END CERTIFICATE-----`;
const begins = { own: 1_795_582_442_000, root: 1_795_582_442_000 };
const ends = { own: 2_110_942_442_000, root: 2_110_942_442_000 };

const texts: Record<string, string> = { own: `${own}\n${root}\n`, root, nothing: 'no certificate' };

const files = {
  readText(path: string): string {
    const text = texts[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  },
};

test('each certificate is read once, with all that it is used for', () => {
  const uses = [
    { of: 'receiver', path: 'own' },
    { of: 'receiver', path: 'root' },
    { of: 'PACS', path: 'root' },
  ];
  expect(readCertificates(uses, files)).toEqual([
    { subject: 'bay-3', usedBy: ['receiver'], notBefore: begins.own, notAfter: ends.own },
    {
      subject: 'O=Clinic',
      usedBy: ['receiver', 'PACS'],
      notBefore: begins.root,
      notAfter: ends.root,
    },
  ]);
});

test.each(['missing', 'nothing'])('of a file that is %s its end is unknown', (path) => {
  expect(readCertificates([{ of: 'panel', path }], files)).toEqual([
    { subject: path, usedBy: ['panel'], notAfter: undefined },
  ]);
});

test('the configuration names every file', () => {
  const tls = { certificateFile: 'own', keyFile: 'key', authorityFile: 'root' };
  const configuration = parseConfiguration({
    receiver: { tls, commitment: [{ aeTitle: 'CT1', host: 'ct', port: 104, tls }] },
    destinations: [
      { name: 'PACS', host: 'pacs', port: 104, aeTitle: 'PACS', tls },
      { name: 'open', host: 'pacs', port: 104, aeTitle: 'PACS' },
      { name: 'web', protocol: 'stow', url: 'https://pacs/', tls: { authorityFile: 'web' } },
    ],
    inference: { kserve: { url: 'https://server/', tls: { authorityFile: 'server' } } },
  });
  expect(certificateUses(configuration)).toEqual([
    { of: 'receiver', path: 'own' },
    { of: 'receiver', path: 'root' },
    { of: 'CT1', path: 'own' },
    { of: 'CT1', path: 'root' },
    { of: 'PACS', path: 'own' },
    { of: 'PACS', path: 'root' },
    { of: 'web', path: 'web' },
    { of: 'inference server', path: 'server' },
  ]);
});
