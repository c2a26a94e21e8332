import { listNames, readInteger, type MachineFiles } from './attribute.ts';

export interface GpuReadings {
  /** Share of time that the GPU was busy, 0 to 1. */
  load: number | undefined;
  megahertz: number | undefined;
  maxMegahertz: number | undefined;
}

/** Orin 17000000.gpu, with JetPack 5 17000000.ga10b; Thor gpu-gpc-0. */
const gpuName = /(^|[.-])(gpu|ga10b)(-gpc-0)?$/;

/** Where the driver shows the load, which has moved between releases; the platform's folder has the device's own name. */
const loadPaths = [
  'devices/platform/17000000.gpu/load',
  'devices/platform/bus@0/17000000.gpu/load',
  'devices/platform/17000000.ga10b/load',
  'devices/platform/gpu.0/load',
];

/** Load and clock of the built-in GPU. Thor shows no load here. */
export function readGpu(files: MachineFiles, sysRoot: string): GpuReadings {
  const folder = `${sysRoot}/class/devfreq`;
  const name = listNames(files, folder).find((entry) => gpuName.test(entry));
  const clock = `${folder}/${name ?? ''}`;
  return {
    load: readLoad(files, [
      `${clock}/device/load`,
      ...loadPaths.map((path) => `${sysRoot}/${path}`),
    ]),
    megahertz: toMegahertz(readInteger(files, `${clock}/cur_freq`)),
    maxMegahertz: toMegahertz(readInteger(files, `${clock}/max_freq`)),
  };
}

/** In thousandths. */
function readLoad(files: MachineFiles, paths: string[]): number | undefined {
  return paths
    .map((path) => readInteger(files, path))
    .filter((load) => load !== undefined && load >= 0 && load <= 1000)
    .map((load) => (load ?? 0) / 1000)[0];
}

function toMegahertz(hertz: number | undefined): number | undefined {
  return hertz === undefined || hertz <= 0 ? undefined : hertz / 1e6;
}
