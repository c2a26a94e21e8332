import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  balenaSchema,
  balenaViolations,
  composeSchema,
  composeViolations,
  type ImageFacts,
} from './compose.ts';
import { instructionsOf, parseDockerfile } from './dockerfile.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const composeText = read('docker-compose.yml');
const balenaText = read('balena.yml');
const { version } = JSON.parse(read('package.json')) as { version: string };

function readImage(): ImageFacts {
  const { args, stages } = parseDockerfile(read('Dockerfile.jetson'));
  const words = (keyword: string) =>
    instructionsOf(stages.at(-1), keyword).flatMap(({ text }) => text.split(/\s+/));
  return { args, volume: words('VOLUME')[0] ?? '', ports: words('EXPOSE').map(Number) };
}

/** What is wrong with a compose file: a part of its schema, or of what goes with the image. */
function faultsOfCompose(text: string): string[] {
  const parsed = composeSchema.safeParse(parse(text));
  if (!parsed.success) return parsed.error.issues.map(({ path }) => path.join('.'));
  return composeViolations(text, parsed.data, readImage());
}

function faultsOfBalena(text: string): string[] {
  const parsed = balenaSchema.safeParse(parse(text));
  if (!parsed.success) return parsed.error.issues.map(({ path }) => path.join('.'));
  return balenaViolations(parsed.data, version);
}

describe('docker-compose.yml', () => {
  it('is what balena runs, and goes with the image', () => {
    expect(faultsOfCompose(composeText)).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    ['a dialect that balena does not read', "'2.4'", "'3.8'", /^version$/],
    ['a folder of the host', 'scanside:/var/lib', '/data:/var/lib', /volumes\.0/],
    ['a folder of the host, relative', 'scanside:/var/lib', './data:/var/lib', /volumes\.0/],
    ['a root that can be written to', 'read_only: true', 'read_only: false', /read_only/],
    ['no folder for temporary files', 'tmpfs:\n      - /tmp', 'tmpfs: []', /tmpfs/],
    ['capabilities', '- ALL', '- NET_RAW', /cap_drop/],
    ['new privileges', 'no-new-privileges', 'seccomp=unconfined', /security_opt/],
    ['all privileges', 'restart: always', 'restart: always\n    privileged: true', /scanside$/],
    ['the host’s network', 'restart: always', 'restart: always\n    network_mode: host', /./],
    ['a service that stays down', 'restart: always', 'restart: on-failure', /restart/],
    ['another label', 'supervisor-api', 'firmware.everything', /labels/],
    ['no way to the supervisor', 'features.supervisor-api', 'features.procfs', /exactly one/],
    ['a variable', 'ENGINE: cpu', 'ENGINE: ${ENGINE}', /variable/],
    ['an argument of another image', 'ENGINE: cpu', 'MOTOR: cpu', /argument/],
    ['a volume elsewhere', ':/var/lib/scanside', ':/var/lib/other', /where the image writes/],
    ['a volume that is not declared', 'volumes:\n  scanside:', 'volumes:\n  other:', /declaration/],
    ['a port without a listener', '8080:8080', '8080:8081', /port/],
  ])('is refused with %s', (_, from, to, fault) => {
    const text = composeText.replace(from, to);
    expect(text).not.toBe(composeText);
    expect(faultsOfCompose(text).join('\n')).toMatch(fault);
  });
});

describe('balena.yml', () => {
  it('is complete and of this version', () => {
    expect(faultsOfBalena(balenaText)).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    ['another version', `version: ${version}`, 'version: 9.9.9', /version/],
    ['a version that is none', `version: ${version}`, 'version: next', /version/],
    ['another type', 'sw.application', 'sw.block', /type/],
    ['an unknown device', '- jetson-agx-orin-devkit\n', '- jetson-agx-orin\n', /supportedDevice/],
    [
      'a default that is not supported',
      'defaultDeviceType: jetson-orin-nano-devkit-nvme\n  supportedDeviceTypes:\n    - jetson-orin-nano-devkit-nvme\n',
      'defaultDeviceType: jetson-orin-nano-devkit-nvme\n  supportedDeviceTypes:\n',
      /default/,
    ],
    [
      'a device type twice',
      'supportedDeviceTypes:',
      'supportedDeviceTypes:\n    - jetson-agx-orin-devkit',
      /twice/,
    ],
    ['an unknown key', 'joinable: false', 'joinable: false\nowner: me', /^$/],
  ])('is refused with %s', (_, from, to, fault) => {
    const text = balenaText.replace(from, to);
    expect(text).not.toBe(balenaText);
    expect(faultsOfBalena(text)).not.toEqual([]);
    expect(faultsOfBalena(text).join('\n')).toMatch(fault);
  });
});

describe('deploy/jetson/docker-compose.gpu.yml', () => {
  const gpu = parse(read('deploy/jetson/docker-compose.gpu.yml'));

  it('adds the GPU to the service and takes nothing of its protection away', () => {
    expect(Object.keys(gpu.services)).toEqual(Object.keys(parse(composeText).services));
    expect(Object.keys(gpu.services.scanside).sort()).toEqual(['environment', 'image', 'runtime']);
  });
});
