import {
  findMonitors,
  listNames,
  readAttribute,
  readInteger,
  type MachineFiles,
} from './attribute.ts';
import { toCelsius, type ThermalZone } from './thermal-zones.ts';

/** Intel's cores and package (hwmon coretemp). They slow themselves down at temp*_crit, the junction's maximum. */
export function readCoreTemperatures(files: MachineFiles, sysRoot: string): ThermalZone[] {
  return findMonitors(files, sysRoot, 'coretemp').flatMap((folder) =>
    listNames(files, folder)
      .map((name) => /^(temp\d+)_input$/.exec(name)?.[1])
      .filter((sensor) => sensor !== undefined)
      .map((sensor) => ({
        name: readAttribute(files, `${folder}/${sensor}_label`) ?? sensor,
        celsius: toCelsius(readInteger(files, `${folder}/${sensor}_input`)),
        throttlesAt: toCelsius(readInteger(files, `${folder}/${sensor}_crit`)),
        shutsDownAt: undefined,
      })),
  );
}
