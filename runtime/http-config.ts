import { z } from 'zod';
import { file, restart, seconds } from './config-value.ts';

/** Certificates towards a server that is reached by HTTP. */
export const httpTls = z
  .strictObject({
    authorityFile: file
      .optional()
      .meta(
        restart(
          'Certificates of the authorities that sign the server’s, PEM; without it the public ones.',
        ),
      ),
    certificateFile: file
      .optional()
      .meta(restart('Own certificate with its chain, PEM, for a server that asks for one.')),
    keyFile: file.optional().meta(restart('Private key of that certificate, PEM.')),
    serverName: z
      .string()
      .min(1)
      .optional()
      .meta(
        restart(
          'Name that the server’s certificate must bear, where that is not the host of its address.',
        ),
      ),
  })
  .refine((own) => (own.certificateFile === undefined) === (own.keyFile === undefined), {
    error: 'certificateFile and keyFile together or neither',
  });

/** How to reach a server by HTTP: the keys of a destination beside its address. */
export const httpAccess = {
  tokenFile: file
    .optional()
    .meta(
      restart(
        'File with the token that is sent as `Authorization: Bearer`; read again for every request, so that it can be renewed.',
      ),
    ),
  tls: httpTls.optional().meta(restart('Certificates, for an address with https.')),
  timeoutSeconds: seconds
    .default(60)
    .meta(restart('Longest time of a request, from connecting to the end of the answer.')),
};

/** The address of a server, as it may be said in `url`. */
export const httpAddress = z
  .url({ protocol: /^https?$/, error: 'a URL that begins with http:// or https://' })
  .refine((text) => !/[?#]|\/\/[^/]*@/.test(text), {
    error: 'an address without user, question mark or hash',
  });

/** Whether a token may be sent: not where anybody on the network could read it. */
export function protectsToken({ url, tokenFile }: { url: string; tokenFile?: string | undefined }) {
  const { protocol, hostname = '' } = URL.parse(url) ?? {};
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return tokenFile === undefined || protocol === 'https:' || isHere;
}
