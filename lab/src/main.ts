export default {
  render(context: { el: HTMLElement }): void {
    context.el.textContent = "";
  },
};
