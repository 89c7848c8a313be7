import core from '@texts/en/core.json'
import own from '@texts/en/field.json'
import ui from '@texts/en/ui.json'

export default { core, ui, field: own }
