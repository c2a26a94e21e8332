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
  const clocks = listNames(files, folder)
    .filter((name) => gpuName.test(name))
    .map((name) => `${folder}/${name}`);
  const loads = loadPaths.map((path) => `${sysRoot}/${path}`);
  return {
    load: readLoad(files, [...clocks.map((clock) => `${clock}/device/load`), ...loads]),
    megahertz: readMegahertz(files, clocks, 'cur_freq'),
    maxMegahertz: readMegahertz(files, clocks, 'max_freq'),
  };
}

/** The first that is a load in thousandths. */
function readLoad(files: MachineFiles, paths: string[]): number | undefined {
  const load = paths
    .map((path) => readInteger(files, path))
    .find((thousandths) => thousandths !== undefined && thousandths >= 0 && thousandths <= 1000);
  return load === undefined ? undefined : load / 1000;
}

function readMegahertz(files: MachineFiles, clocks: string[], name: string): number | undefined {
  const hertz = clocks.map((clock) => readInteger(files, `${clock}/${name}`))[0];
  return hertz === undefined || hertz <= 0 ? undefined : hertz / 1e6;
}
