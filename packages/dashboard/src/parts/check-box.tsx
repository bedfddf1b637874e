interface Props {
  label: string;
  isLabelHidden?: boolean;
  isChecked: boolean;
  onChange: () => void;
  isDisabled?: boolean;
}

export function CheckBox({ label, isLabelHidden = false, isChecked, onChange, isDisabled = false }: Props) {
  return (
    <label className="inline-flex min-h-6 cursor-pointer items-center gap-2 text-sm">
      <input
        type="checkbox"
        checked={isChecked}
        disabled={isDisabled}
        onChange={onChange}
        className="size-4.5 accent-accent"
      />
      <span className={isLabelHidden ? 'sr-only' : ''}>{label}</span>
    </label>
  );
}
