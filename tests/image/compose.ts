import { z } from 'zod';

/** What balena reads of docker-compose.yml, and no more: version 2 of the dialect, nothing mounted from the host. */
const serviceSchema = z.strictObject({
  build: z.strictObject({
    context: z.literal('.'),
    dockerfile: z.string(),
    args: z.record(z.string(), z.string()).default({}),
  }),
  restart: z.literal('always'),
  read_only: z.literal(true),
  tmpfs: z.array(z.string().startsWith('/')).min(1),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges')]),
  labels: z.record(z.string().regex(/^io\.balena\.features\.[a-z-]+$/), z.literal('1')),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string().regex(/^[a-z][a-z0-9-]*:\/[a-z/]+$/, 'a named volume')),
  ports: z.array(z.string().regex(/^\d+:\d+$/)),
  stop_grace_period: z.string().regex(/^\d+s$/),
});

export const composeSchema = z.strictObject({
  version: z.string().regex(/^2\.[1-4]$/),
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

/** Device types of balenaOS with an Orin in them. */
const deviceTypes = [
  'jetson-agx-orin-devkit',
  'jetson-agx-orin-devkit-64gb',
  'jetson-orin-nano-devkit-nvme',
  'jetson-orin-nano-seeed-j3010',
  'jetson-orin-nx-seeed-j4012',
  'jetson-orin-nx-xavier-nx-devkit',
] as const;

export const balenaSchema = z.strictObject({
  name: z.string().min(1),
  type: z.literal('sw.application'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string().min(1),
  joinable: z.boolean(),
  data: z.strictObject({
    defaultDeviceType: z.enum(deviceTypes),
    supportedDeviceTypes: z.array(z.enum(deviceTypes)).min(1),
    applicationEnvironmentVariables: z.array(z.string()).optional(),
    applicationConfigVariables: z.array(z.string()).optional(),
  }),
});

type Compose = z.output<typeof composeSchema>;
type Service = Compose['services'][string];
export type Balena = z.output<typeof balenaSchema>;

/** What the image asks for, from its Dockerfile. */
export interface ImageFacts {
  args: Record<string, string>;
  volume: string;
  ports: number[];
}

/** One sentence for everything that the compose file says otherwise than the image does, and for what it leaves open. */
export function composeViolations(text: string, compose: Compose, image: ImageFacts): string[] {
  const services = Object.values(compose.services);
  const found: [boolean, string][] = [
    [/\$\{?\w/.test(text), 'a variable, which balena does not replace'],
    [services.length === 0, 'no service'],
    [services.some((service) => !hasVolume(service, image)), 'no volume where the image writes'],
    [services.some((service) => !namesVolumes(service, compose)), 'a volume without a declaration'],
    [services.some((service) => !publishes(service, image)), 'a port that the image does not have'],
    [services.some((service) => !knowsArgs(service, image)), 'an argument the image does not have'],
    [
      services.filter((service) => 'io.balena.features.supervisor-api' in service.labels).length !==
        1,
      'not exactly one service that may speak to the supervisor and holds the update lock',
    ],
  ];
  return found.filter(([broken]) => broken).map(([, sentence]) => sentence);
}

function hasVolume({ volumes }: Service, { volume }: ImageFacts): boolean {
  return volumes.some((mount) => mount.endsWith(`:${volume}`));
}

function namesVolumes({ volumes }: Service, compose: Compose): boolean {
  return volumes.every((mount) => (mount.split(':')[0] ?? '') in compose.volumes);
}

function publishes({ ports }: Service, image: ImageFacts): boolean {
  return ports.every((port) => image.ports.includes(Number(port.split(':')[1])));
}

function knowsArgs({ build }: Service, { args }: ImageFacts): boolean {
  return Object.keys(build.args).every((name) => name in args);
}

/** The same for balena.yml, beside package.json. */
export function balenaViolations(balena: Balena, packageVersion: string): string[] {
  const { defaultDeviceType, supportedDeviceTypes } = balena.data;
  const found: [boolean, string][] = [
    [balena.version !== packageVersion, 'another version than package.json'],
    [!supportedDeviceTypes.includes(defaultDeviceType), 'a default that is not supported'],
    [new Set(supportedDeviceTypes).size !== supportedDeviceTypes.length, 'a device type twice'],
  ];
  return found.filter(([broken]) => broken).map(([, sentence]) => sentence);
}
