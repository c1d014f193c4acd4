// What the send buttons do: one scenario at a time, and what there is to see in the last one.

import { send, type Scenario } from "./settings";

export class Sending {
  last = $state.raw<Scenario | undefined>();
  busy = $state(false);
  fault = $state("");

  async press(scenario: Scenario): Promise<void> {
    [this.last, this.busy, this.fault] = [scenario, true, ""];
    this.fault = (await send(scenario.name).catch(() => "The dashboard does not answer.")) ?? "";
    this.busy = false;
  }
}
