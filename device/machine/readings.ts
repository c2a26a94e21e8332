import { readHeatAlerts, type HeatAlerts } from './alerts.ts';
import type { MachineFiles, MachineRoots } from './attribute.ts';
import { readCoreTemperatures } from './core-temperatures.ts';
import { readGpu, type GpuReadings } from './gpu.ts';
import { readIdentity, type MachineIdentity } from './identity.ts';
import { readMemory, type MemoryReadings } from './memory.ts';
import { readOverCurrent, type OverCurrent } from './over-current.ts';
import { readPowerMode } from './power-mode.ts';
import { readPowerRails, type PowerRail } from './power-rails.ts';
import { readThermalZones, type ThermalZone } from './thermal-zones.ts';

/** Everything that the machine tells of itself. Undefined means unknown, in every field; it never means zero or well. */
export interface MachineReadings {
  identity: MachineIdentity;
  /** Empty where the machine has no sensor that we know; a sensor that cannot be read is in the list. */
  zones: readonly ThermalZone[];
  alerts: HeatAlerts;
  overCurrent: OverCurrent;
  rails: readonly PowerRail[];
  gpu: GpuReadings;
  memory: MemoryReadings;
  powerMode: string | undefined;
}

/** Reads the machine: about two hundred small kernel files, some milliseconds. Never throws, never writes. */
export function readMachine(files: MachineFiles, roots: MachineRoots): MachineReadings {
  const { sysRoot, procRoot, hostRoot } = roots;
  return {
    identity: readIdentity(files, roots),
    zones: [...readThermalZones(files, sysRoot), ...readCoreTemperatures(files, sysRoot)],
    alerts: readHeatAlerts(files, sysRoot),
    overCurrent: readOverCurrent(files, sysRoot),
    rails: readPowerRails(files, sysRoot),
    gpu: readGpu(files, sysRoot),
    memory: readMemory(files, procRoot),
    powerMode: readPowerMode(files, hostRoot),
  };
}
