// A badge that shows who is online. Every instance leaves a listener and a timer behind.
export class PresenceBadge {
  private readonly refresh = () => this.render()
  private timer?: ReturnType<typeof setInterval>

  constructor(private readonly element: HTMLElement) {
    window.addEventListener('online', this.refresh)
    this.timer = setInterval(this.refresh, 5_000)
  }

  render(): void {
    this.element.textContent = navigator.onLine ? 'online' : 'offline'
  }

  destroy(): void {
    this.element.remove()
  }
}
