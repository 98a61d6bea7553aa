import { Icon } from '../shapes/Icon.tsx';

/** What a stranger should know before writing: a few lines with their signs, and the rest folded. */
export function Facts(props: {
  facts: readonly { readonly icon: string; readonly says: string }[];
  title: string;
  points: readonly string[];
}) {
  return (
    <>
      <ul class="door-facts small muted">
        {props.facts.map(({ icon, says }) => (
          <li key={icon}>
            <Icon name={icon} tiny />
            <span>{says}</span>
          </li>
        ))}
      </ul>
      <details class="folded">
        <summary>
          <Icon name="right" />
          {props.title}
        </summary>
        <ul class="door-know small muted">
          {props.points.map(point => (
            <li key={point}>{point}</li>
          ))}
        </ul>
      </details>
    </>
  );
}
