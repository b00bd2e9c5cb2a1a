// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { path, post } from "../api/client";
import type { Project, Service } from "../api/types";
import { plural } from "../lib/format";
import { linkTo } from "../lib/route";
import { notify } from "../state/announce";
import { ActionButton, tellFailure } from "../ui/action";
import { Dialog } from "../ui/dialog";

const MOST_REPLICAS = 10_000;

interface Properties {
  project: Project;
  service: Service;
  onClose: () => void;
}

/** What happens, before it is asked for; the deploy it becomes can be watched then. */
export function ServiceActions({ project, service, onClose }: Properties) {
  const [replicas, setReplicas] = useState(String(service.replicas));
  const [isSent, setSent] = useState(false);
  const number = Number(replicas);
  const isGood = /^\d+$/.test(replicas) && number <= MOST_REPLICAS;
  const isOther = isGood && number !== service.replicas;
  const count = plural(service.replicas, "instance");

  async function deploy(kind: string, options: object, told: string) {
    if (isSent) return;
    setSent(true);
    try {
      const address = path("projects", project.name, "deploys");
      const answer = await post<{ deploy: number }>(address, { kind, options });
      notify(`${told} is on its way`);
      onClose();
      location.hash = linkTo("deploys", project.name, answer.deploy);
    } catch (error) {
      setSent(false);
      tellFailure(error);
    }
  }

  return (
    <Dialog title={`${project.name}/${service.name}`} onClose={onClose}>
      <div class="choices">
        {project.deploy && (
          <p class="message wait">
            Deploy {project.deploy.id} ({project.deploy.kind}) is under way; this will wait for it.
          </p>
        )}
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (isOther)
              void deploy(
                "scale",
                { scale: { [service.name]: number } },
                `Scaling ${service.name} to ${number}`,
              );
          }}
        >
          <h3>Scale</h3>
          <p class="quiet">
            It has {plural(service.replicas, "replica")}. Another number is a new revision; those
            that are too many finish what they are doing first.
          </p>
          <div class="buttons">
            <label class="inline">
              Replicas
              <input
                type="number"
                inputMode="numeric"
                min="0"
                max={MOST_REPLICAS}
                value={replicas}
                aria-invalid={!isGood}
                onInput={(event) => setReplicas(event.currentTarget.value)}
              />
            </label>
            <button class={number === 0 && isOther ? "danger" : ""} disabled={!isOther || isSent}>
              {isOther ? `Scale from ${service.replicas} to ${number}` : "Scale"}
            </button>
          </div>
          {number === 0 && isOther && (
            <p class="message wait">Without a replica nothing answers for it.</p>
          )}
        </form>
        <div>
          <h3>Restart</h3>
          <p class="quiet">
            Stops its {service.replicas === 1 ? "instance and starts it" : `${count} and starts them`}{" "}
            again, of the same revision, each once it has finished what it is doing.
          </p>
          <div class="buttons">
            <ActionButton
              role="operator"
              onClick={() =>
                void deploy(
                  "restart",
                  { services: [service.name] },
                  `The restart of ${service.name}`,
                )
              }
            >
              Restart {count}
            </ActionButton>
          </div>
        </div>
      </div>
    </Dialog>
  );
}
