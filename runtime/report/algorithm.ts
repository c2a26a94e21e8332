import type { ReportRequest } from './request.ts';

/** What produced the result, as TID 4019 names it. */
export interface Algorithm {
  name: string;
  version: string;
  parameters: string[];
}

/** The model; where none applied, the part of the device that found so. */
export function algorithmOf({ manifest, bundleHash, device }: ReportRequest): Algorithm {
  if (!manifest)
    return { name: 'Scanside dispatcher', version: device.softwareVersion, parameters: [] };
  const { identity, findings } = manifest;
  return {
    name: identity.algorithmName,
    version: identity.version,
    parameters: [
      `model=${identity.name}`,
      `bundle_sha256=${bundleHash}`,
      ...findings.map(({ id, threshold }) => `threshold.${id}=${threshold}`),
      ...findings.map(({ id, temperature }) => `temperature.${id}=${temperature}`),
    ],
  };
}
