import { defineComponent, h, type PropType, type VNode } from 'vue'
import type { CaseRecord } from '@core/model'

/** Draws what a row shows. */
export type DrawRow = (row: { record: CaseRecord; place: number }) => VNode[]

/**
 * An element of a long list that shows one row after the other. It is written anew only when its row is another one, or when
 * what is drawn in it changed: a list that scrolls does no more than that.
 */
export const RowPlace = defineComponent({
  props: {
    record: { type: Object as PropType<CaseRecord>, required: true },
    place: { type: Number, required: true },
    /** Its height in pixels. */
    height: { type: Number, required: true },
    /** How many rows there are; -1 while nobody knows. */
    of: { type: Number, required: true },
    selected: Boolean,
    /** Whether it is ticked; absent where rows can't be. */
    ticked: { type: Boolean as PropType<boolean | undefined>, default: undefined },
    draw: { type: Function as PropType<DrawRow>, required: true },
  },
  emits: { hover: (id: string) => id !== '' },
  setup(props, { emit }) {
    const hover = (): void => emit('hover', props.record.id)
    return () =>
      h(
        'div',
        {
          id: `row-${props.record.id}`,
          class: 'row',
          role: 'option',
          'aria-selected': props.selected,
          'aria-checked': props.ticked,
          'aria-posinset': props.place + 1,
          'aria-setsize': props.of,
          style: { transform: `translateY(${props.place * props.height}px)`, height: `${props.height}px` },
          onMouseenter: hover,
        },
        props.draw({ record: props.record, place: props.place }),
      )
  },
})
