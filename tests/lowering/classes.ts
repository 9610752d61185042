import { Disposable as Base, type Options } from './base'

export abstract class Panel extends Base implements Options {
  static count = 0
  #timer?: number
  readonly nodes: Map<string, Node> = new Map()

  constructor(private readonly bus: EventBus, public title = 'none') {
    super()
    Panel.count++
    bus.on('move', this.onMove)
    bus.on('stop', () => this.#timer)
  }

  private onMove = (event: MoveEvent) => {
    this.nodes.set(event.id, event.node)
  }

  get size(): number {
    return this.nodes.size
  }

  async open() {
    this.#timer = window.setInterval(() => this.draw(), 10)
  }

  abstract draw(): void

  override dispose() {
    clearInterval(this.#timer)
    super.dispose()
  }
}

export default new (class extends Panel { draw() {} })(globalBus)
