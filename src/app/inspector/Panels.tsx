import type { ReactNode } from 'react'
import type { Selection } from '../store/store.ts'
import { ContextPanel } from './ContextPanel.tsx'
import { DevicePanel } from './DevicePanel.tsx'
import { GroupPanel } from './GroupPanel.tsx'
import { ContainerPanel, IommufdPanel, ProcessPanel } from './ObjectPanels.tsx'

/** The panel of what is selected. */
export function Selected({ selection }: { selection: Selection }): ReactNode {
  switch (selection.kind) {
    case 'group':
      return <GroupPanel group={selection.group} selection={selection} />
    case 'device':
      return <DevicePanel device={selection.device} selection={selection} />
    case 'container':
      return <ContainerPanel container={selection.container} selection={selection} />
    case 'iommufd':
      return <IommufdPanel iommufd={selection.iommufd} selection={selection} />
    case 'process':
      return <ProcessPanel process={selection.process} selection={selection} />
    case 'context':
      return <ContextPanel target={selection.context} />
  }
}
