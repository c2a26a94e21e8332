import { z } from 'zod';
import { defaultSettings, languages } from '../panel/settings.ts';
import { file, port, restart } from './config-value.ts';

/** A name or address by which browsers reach the panel. */
const hostName = z
  .string()
  .regex(/^([a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?|[0-9a-fA-F:.]+)$/, {
    error: 'a host name or an address, without scheme and port',
  });

const loopback = ['127.0.0.1', 'localhost', '::1'];

const claimValues = z.array(z.string().min(1)).default([]);

const oidc = z
  .strictObject({
    issuer: z
      .url({ protocol: /^https?$/, error: 'a URL that begins with https://' })
      .meta(restart('Issuer of the site’s OpenID Connect provider.')),
    clientId: z.string().min(1).meta(restart('This device’s client there.')),
    clientSecretFile: file
      .optional()
      .meta(restart('File with the client’s secret; without one it is a public client.')),
    panelUrl: z
      .url({ protocol: /^https?$/, error: 'the panel’s own address' })
      .meta(
        restart(
          'Address of this panel in browsers; the provider sends them to its `/oidc/callback`.',
        ),
      ),
    nameClaim: z
      .string()
      .min(1)
      .default('preferred_username')
      .meta(restart('Claim with a short name of a-z, 0-9, dot, dash and underline.')),
    roleClaim: z.string().min(1).default('groups').meta(restart('Claim that gives the role.')),
    roles: z
      .strictObject({
        technologist: claimValues.meta(restart('Values of that claim that make a technologist.')),
        radiologist: claimValues.meta(restart('The same for a radiologist.')),
        'field-engineer': claimValues.meta(restart('The same for a field engineer.')),
        administrator: claimValues.meta(restart('The same for an administrator.')),
      })
      .prefault({}),
  })
  .refine(({ issuer }) => issuer.startsWith('https:') || isHere(issuer), {
    path: ['issuer'],
    error: 'https://, or http:// on this machine',
  });

function isHere(url: string): boolean {
  return loopback.includes((URL.parse(url)?.hostname ?? '').replaceAll(/[[\]]/g, ''));
}

/** The section `panel`: where it is served, how it looks, and how long one is signed in. */
export const panel = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta(restart('Address the panel listens on.')),
    port: port.default(8080).meta(restart('TCP port of the panel; 0 picks a free one.')),
    https: z
      .enum(['device', 'files', 'off'])
      .default('device')
      .meta(
        restart(
          '`device`: HTTPS with a certificate that the device makes for itself and renews; `files`: with the site’s own; `off`: plain HTTP, on an address of this machine alone.',
        ),
      ),
    names: z
      .array(hostName)
      .max(20)
      .default([])
      .meta(
        restart(
          'Further names and addresses by which browsers reach the panel, for the device’s certificate. It bears the machine’s own anyway.',
        ),
      ),
    certificateFile: file
      .optional()
      .meta(restart('Certificate of the panel with its chain, PEM, for `files`.')),
    keyFile: file.optional().meta(restart('Private key of that certificate, PEM.')),
    oidc: oidc
      .optional()
      .meta(restart('Signing in by the site’s identity provider, beside the device’s accounts.')),
    language: z
      .enum(languages)
      .default(defaultSettings.language)
      .meta(restart('Language for a browser that asks for none of these.')),
    privacyMaskSeconds: z
      .int()
      .min(10)
      .max(3600)
      .default(defaultSettings.privacyMaskSeconds)
      .meta(restart('Seconds without a touch after which patients’ names are masked.')),
    technologistNoticeDelaySeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(defaultSettings.technologistNoticeDelaySeconds)
      .meta(
        restart(
          'Under `triage-notify`, seconds that a technologist is told of a flag after the PACS has acknowledged it.',
        ),
      ),
    sessionIdleMinutes: z
      .int()
      .min(1)
      .max(1440)
      .default(defaultSettings.sessionIdleMinutes)
      .meta(restart('Minutes without a request after which a person is signed out.')),
    sessionHours: z
      .int()
      .min(1)
      .max(72)
      .default(defaultSettings.sessionHours)
      .meta(restart('Hours after which a person has to sign in again in any case.')),
  })
  .refine(({ https, host }) => https !== 'off' || loopback.includes(host), {
    path: ['https'],
    error: '`off` only where `panel.host` is 127.0.0.1, localhost or ::1',
  })
  .refine((own) => (own.certificateFile === undefined) === (own.keyFile === undefined), {
    path: ['certificateFile'],
    error: 'certificateFile and keyFile together or neither',
  })
  .refine((own) => (own.https === 'files') === (own.certificateFile !== undefined), {
    path: ['https'],
    error: '`files` with certificateFile and keyFile, and those with nothing else',
  });

export type PanelConfiguration = z.infer<typeof panel>;
