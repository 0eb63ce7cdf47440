import { X } from 'lucide-react'
import type { ComponentType, ReactNode } from 'react'

interface PartProps {
  className?: string
  'aria-label'?: string
  children?: ReactNode
}

/** The visible title of a dialog and a button that closes it; `Title` and `Close` are those of its kind of dialog. */
export function DialogHead(props: {
  title: string
  Title: ComponentType<PartProps>
  Close: ComponentType<PartProps>
}): ReactNode {
  const { title, Title, Close } = props
  return (
    <div className="flex items-start justify-between">
      <Title className="text-[15px] font-semibold">{title}</Title>
      <Close className="-m-1 rounded p-1.5 text-dim" aria-label="Close">
        <X size={16} />
      </Close>
    </div>
  )
}
