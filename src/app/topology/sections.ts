/** What the topology adds to the inspector, fetched together. */
export { DeviceTopology } from './DeviceTopology.tsx'
export { GroupTopology } from './GroupTopology.tsx'
