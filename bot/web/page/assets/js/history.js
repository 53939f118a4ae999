// Undo and redo: the region after each step.

const REMEMBERED = 80;

export class History {
  constructor(runs) {
    this.steps = [runs];
    this.at = 0;
  }

  get current() {
    return this.steps[this.at];
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.steps.length - 1;
  }

  add(runs) {
    this.steps = [...this.steps.slice(0, this.at + 1), runs].slice(-REMEMBERED);
    this.at = this.steps.length - 1;
  }

  undo() {
    if (this.canUndo) this.at--;
    return this.current;
  }

  redo() {
    if (this.canRedo) this.at++;
    return this.current;
  }
}
