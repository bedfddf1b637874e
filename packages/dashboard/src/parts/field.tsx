import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';

export const INPUT =
  'w-full min-h-9 rounded-lg border border-edge bg-surface px-3 py-1.5 text-sm text-text placeholder:text-muted';
export const LABEL = 'text-sm font-medium';

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  type?: 'text' | 'password' | 'search';
  hint?: string;
  isRequired?: boolean;
  autoComplete?: string;
  className?: string;
  pattern?: string;
  inputMode?: 'numeric' | 'url';
}

export function Field({ label, placeholder, hint, className = '', autoComplete = 'off', ...rest }: FieldProps) {
  return (
    <TextField {...rest} autoComplete={autoComplete} className={`flex min-w-0 flex-col gap-1 ${className}`}>
      <Label className={LABEL}>{label}</Label>
      <Input className={INPUT} {...(placeholder === undefined ? {} : { placeholder })} />
      {hint !== undefined && (
        <Text slot="description" className="text-xs text-muted">
          {hint}
        </Text>
      )}
      <FieldError className="text-xs text-bad" />
    </TextField>
  );
}
