import core from '@texts/en/core.json'
import own from '@texts/en/desk.json'
import ui from '@texts/en/ui.json'

export default { core, ui, desk: own }
