/** The schema of a machine of the user's own. */
import * as v from 'valibot'
import { bdf, driver, flag, GROUP, line, list, ROLE_FORMS, string, whole } from './forms.ts'
import { LIMITS } from './scenario.ts'

export const MACHINE_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/
const acsBits = v.array(v.picklist(['SV', 'RR', 'CR', 'UF'], 'SV, RR, CR or UF'), 'a list of ACS bits')
const ids = (digits: string, form: string) => v.exactOptional(string(form, new RegExp(`^[0-9a-f]{${digits}}$`)))

const functionSchema = v.object(
  {
    bdf,
    kind: v.picklist(
      ['pci', 'ep', 'legep', 'rciep', 'rcec', 'rp', 'usp', 'dsp', 'pcie2pci', 'pci2pcie'],
      'a kind of PCI function such as ep or rp',
    ),
    bridge: flag,
    parent: v.nullable(bdf),
    secondary: v.exactOptional(whole('a bus number', 255)),
    multifunction: flag,
    acsCap: v.nullable(v.pipe(acsBits, v.maxLength(4, 'at most four ACS bits'))),
    acsCtrl: v.exactOptional(v.pipe(acsBits, v.maxLength(4, 'at most four ACS bits'))),
    aliases: v.exactOptional(list(whole('a device-function number from 0 to 255', 255), 256, 'aliases')),
    acsQuirk: v.exactOptional(flag),
    memory: v.exactOptional(flag),
    bridgeAlias: v.exactOptional(flag),
    xlateRoot: v.exactOptional(flag),
    vendor: ids('4', 'four hexadecimal digits'),
    device: ids('4', 'four hexadecimal digits'),
    class: ids('4,6', 'four to six hexadecimal digits'),
    name: v.exactOptional(line(200)),
    driver: v.nullable(driver),
    native: v.nullable(driver),
    resettable: v.exactOptional(flag),
    rmrr: v.exactOptional(flag),
    unplugged: v.exactOptional(flag),
    assumed: v.exactOptional(list(v.picklist(['driver', 'kind', 'acs', 'parent']), 4, 'assumptions')),
  },
  'a PCI function',
)

const groupsSchema = v.record(
  string(ROLE_FORMS.group, GROUP),
  list(bdf, LIMITS.devices, 'PCI addresses'),
  'groups: an object of number → list of addresses',
)

export const machineSchema = v.object(
  {
    id: string('an id of lower-case letters, digits, ".", "_" and "-"', MACHINE_ID),
    title: line(LIMITS.title),
    devices: v.pipe(
      list(functionSchema, LIMITS.devices, 'PCI functions'),
      v.minLength(1, 'a machine with at least one PCI function'),
    ),
    groups: v.exactOptional(groupsSchema),
    reported: v.exactOptional(groupsSchema),
    estimated: v.exactOptional(flag),
    interruptRemapping: v.exactOptional(flag),
    iovaBits: v.exactOptional(
      v.pipe(whole('a width of 16 to 52 bits', 52), v.minValue(16, 'a width of 16 to 52 bits')),
    ),
    loadedDrivers: v.exactOptional(list(driver, LIMITS.devices, 'names of drivers')),
  },
  'a machine',
)
