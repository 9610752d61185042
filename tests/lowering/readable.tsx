// What the grammar of TSX does not read.
export type * from './types'

const Wide = styled(Box)<{ $open?: boolean; onPick: (at: number) => void }>`
  width: ${(props) => (props.$open ? 1 : 0)}px;
`

export const Shown = () => <Wide class="wide" class={kind}>{text}</Wide>
