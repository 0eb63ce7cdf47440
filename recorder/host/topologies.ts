/** The machines that QEMU can be: those of conformance/topologies.json, by the name that the playground gives them. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'

const FILE = path.join(import.meta.dirname, '..', '..', 'conformance', 'topologies.json')

const schema = v.object({
  topologies: v.record(
    v.string(),
    v.object({
      qemu_devices: v.array(v.string()),
      groups: v.record(v.string(), v.array(v.string())),
      devices: v.array(v.object({ bdf: v.string(), iommu_group: v.nullable(v.number()), observed: v.boolean() })),
    }),
  ),
})

/** A machine that QEMU can be. */
export interface Topology {
  readonly name: string
  /** QEMU's `-device` options, the IOMMU first. */
  readonly devices: readonly string[]
  /** Functions whose drivers a recording shows. */
  readonly observed: ReadonlySet<string>
  /** Kernel's number of a group → the name that recordings give it (`G0`). */
  readonly labels: ReadonlyMap<string, string>
}

/** All machines that QEMU can be, by name. */
export const TOPOLOGIES: ReadonlyMap<string, Topology> = new Map(
  Object.entries(v.parse(schema, JSON.parse(readFileSync(FILE, 'utf8'))).topologies).map(([name, topology]) => {
    const numbers = new Map(topology.devices.map(({ bdf, iommu_group: group }) => [bdf, String(group)]))
    const labels = Object.entries(topology.groups).flatMap(([label, [first = '']]) => {
      const number = numbers.get(first)
      return number === undefined ? [] : [[number, label] as const]
    })
    const observed = topology.devices.filter((device) => device.observed).map(({ bdf }) => bdf)
    return [name, { name, devices: topology.qemu_devices, observed: new Set(observed), labels: new Map(labels) }]
  }),
)
