import { algorithmOf } from '../algorithm.ts';
import type { ReportRequest } from '../request.ts';
import { narrativeOf, uuidIdentifier } from './datatype.ts';

/**
 * The device with the model that it ran (FHIR R4, Device). Its identifier is made of all that it says, so that another
 * serial number, model version or software is another Device, and a Device that is there never has to change.
 */
export function describeDevice(request: ReportRequest) {
  const content = deviceContent(request);
  return { ...content, identifier: [uuidIdentifier('device', JSON.stringify(content))] };
}

function deviceContent(request: ReportRequest) {
  const { device, manifest } = request;
  const { name, version } = algorithmOf(request);
  const udi = manifest?.identity.udi;
  return {
    resourceType: 'Device',
    text: narrativeOf(`${name} ${version} on ${device.model}, serial number ${device.serial}`),
    ...(udi && { udiCarrier: [{ deviceIdentifier: udi }] }),
    status: 'active',
    manufacturer: device.manufacturer,
    serialNumber: device.serial,
    modelNumber: device.model,
    deviceName: [
      { name: device.name, type: 'user-friendly-name' },
      { name, type: 'model-name' },
    ],
    type: { text: 'Automatic image analysis on an appliance beside the scanner' },
    version: versionsOf(request, version),
    ...(manifest && { note: [{ text: manifest.labelling.notice }] }),
  };
}

function versionsOf({ device, bundleHash }: ReportRequest, model: string) {
  const versions = [
    { type: { text: 'Software' }, value: device.softwareVersion },
    { type: { text: 'Model' }, value: model },
    { type: { text: 'SHA-256 of the model bundle' }, value: bundleHash },
  ];
  return versions.filter(({ value }) => value !== '');
}
