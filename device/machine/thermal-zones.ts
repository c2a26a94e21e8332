import { listNames, readAttribute, readInteger, type MachineFiles } from './attribute.ts';

/** One sensor of temperature. What cannot be read is undefined and never stands for cool. */
export interface ThermalZone {
  /** What the kernel calls it, such as gpu-thermal. */
  name: string;
  celsius: number | undefined;
  /** Where the kernel begins to slow the machine down: the zone's lowest passive trip point that slows anything. */
  throttlesAt: number | undefined;
  /** Where the kernel switches the machine off. */
  shutsDownAt: number | undefined;
}

interface Trip {
  kind: string;
  celsius: number;
}

/** JetPack 5 writes GPU-therm, 6 and 7 write gpu-thermal. Zones of other makers, such as a Wi-Fi card's, are not ours. */
const zoneName = /-therm(al)?$/i;

/** It warns of a housing that is hot to the touch and slows nothing, although its trip point is passive too. */
const warnsOnly = 'hot-surface-alert';

/** No chip that runs is colder or hotter than that; what says so has no answer, such as -256 for a part without power. */
const plausible = { above: -60, below: 160 };

/** Thermal zones of the chip, by name (kernel: Documentation/driver-api/thermal/sysfs-api.rst). */
export function readThermalZones(files: MachineFiles, sysRoot: string): ThermalZone[] {
  const folder = `${sysRoot}/class/thermal`;
  return listNames(files, folder)
    .filter((entry) => entry.startsWith('thermal_zone'))
    .map((entry) => readZone(files, `${folder}/${entry}`))
    .filter((zone) => zone !== undefined);
}

function readZone(files: MachineFiles, path: string): ThermalZone | undefined {
  const name = readAttribute(files, `${path}/type`);
  if (name === undefined || !zoneName.test(name)) return undefined;
  const disabled = readAttribute(files, `${path}/mode`) === 'disabled';
  const trips = readTrips(files, path);
  return {
    name,
    celsius: disabled ? undefined : toCelsius(readInteger(files, `${path}/temp`)),
    throttlesAt: lowest(trips, 'passive'),
    shutsDownAt: lowest(trips, 'critical'),
  };
}

/** From thousandths of a degree. Zero is what a failed question to the boot processor leaves behind. */
export function toCelsius(milli: number | undefined): number | undefined {
  if (milli === undefined || milli === 0) return undefined;
  const celsius = milli / 1000;
  return celsius > plausible.above && celsius < plausible.below ? celsius : undefined;
}

function readTrips(files: MachineFiles, zone: string): Trip[] {
  const names = listNames(files, zone);
  const ignored = tripsThatOnlyWarn(files, zone, names);
  return names
    .map((name) => /^trip_point_(\d+)_temp$/.exec(name)?.[1])
    .filter((number) => number !== undefined && !ignored.has(Number(number)))
    .map((number) => ({
      kind: readAttribute(files, `${zone}/trip_point_${number}_type`) ?? '',
      celsius: toCelsius(readInteger(files, `${zone}/trip_point_${number}_temp`)) ?? Number.NaN,
    }));
}

/** Trip points to which nothing is bound but warnings. cdevN is a cooling device, cdevN_trip_point where it acts. */
function tripsThatOnlyWarn(files: MachineFiles, zone: string, names: string[]): Set<number> {
  const warned = new Set<number>();
  const acted = new Set<number>();
  for (const name of names.filter((name) => /^cdev\d+$/.test(name))) {
    const trip = readInteger(files, `${zone}/${name}_trip_point`);
    const warns = readAttribute(files, `${zone}/${name}/type`) === warnsOnly;
    if (trip !== undefined) (warns ? warned : acted).add(trip);
  }
  return new Set([...warned].filter((trip) => !acted.has(trip)));
}

/** A trip point that is switched off reads as zero or far below it. */
function lowest(trips: Trip[], kind: string): number | undefined {
  const found = trips.filter((trip) => trip.kind === kind && trip.celsius > 0);
  return found.length === 0 ? undefined : Math.min(...found.map((trip) => trip.celsius));
}
