import core from '@texts/zh/core.json'
import own from '@texts/zh/desk.json'
import ui from '@texts/zh/ui.json'

export default { core, ui, desk: own }
