import { useMemo, type ReactNode } from 'react'
import { useApp } from '../store/store.ts'
import { DRIVER_MIME } from './dnd.ts'

/** Drivers to drag onto a device. The inspector has a button for each, for those who do not drag. */
export function DriverTray(): ReactNode {
  const world = useApp((s) => s.run.world)
  const drivers = useMemo(() => {
    const native = new Set(
      world.devices.filter((d) => !d.spec.bridge && d.native > 0).map((d) => world.drivers[d.native]?.name ?? ''),
    )
    return [
      'vfio-pci',
      'pci-stub',
      'uio_pci_generic',
      ...[...native].filter((name) => name !== '' && name !== '?').slice(0, 4),
    ]
  }, [world])
  return (
    <div
      className="@container hidden h-6 min-w-0 flex-1 flex-wrap items-center gap-1.5 overflow-hidden whitespace-nowrap md:flex"
      aria-hidden="true"
    >
      <span className="hidden text-[12px] text-faint @min-[600px]:inline">Drop a driver on a device:</span>
      {[...drivers, ''].map((driver) => (
        <span
          key={driver}
          draggable
          onDragStart={(event) => {
            event.dataTransfer.setData(DRIVER_MIME, driver)
            event.dataTransfer.effectAllowed = 'move'
          }}
          className="chip cursor-grab active:cursor-grabbing"
          title={driver === '' ? 'Drag onto a device to unbind it' : `Drag onto a device to bind ${driver}`}
        >
          {driver === '' ? '⏏ unbind' : driver}
        </span>
      ))}
    </div>
  )
}
