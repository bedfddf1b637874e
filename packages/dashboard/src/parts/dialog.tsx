import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Dialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** From the side, for something to read; else in the middle, for something to decide. */
  isSheet?: boolean;
  /** It holds what would be lost: a press outside does not close it. */
  isFirm?: boolean;
}

const MIDDLE = 'w-[min(34rem,calc(100vw-2rem))] max-h-[calc(100dvh-2rem)] rounded-2xl';
const SIDE = 'ml-auto h-dvh w-[min(46rem,100vw)]';

/** Holds the focus, closes by Escape and by a press outside, and gives the focus back. */
export function Window({ title, isOpen, onClose, children, isSheet = false, isFirm = false }: DialogProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable={!isFirm}
      className={`fixed inset-0 z-50 flex h-dvh bg-black/50 ${isSheet ? '' : 'items-center justify-center'}`}
    >
      <Modal className={`overflow-auto border border-line bg-surface shadow-2xl ${isSheet ? SIDE : MIDDLE}`}>
        <Dialog className="p-5 outline-none">
          <div className="mb-4 flex items-start justify-between gap-4">
            <Heading slot="title" className="text-lg font-semibold [overflow-wrap:anywhere]">
              {title}
            </Heading>
            <Button
              onPress={onClose}
              aria-label="Close"
              className="cursor-pointer rounded p-1.5 text-muted hover:bg-sunken hover:text-text"
            >
              <X size={18} aria-hidden />
            </Button>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
