import core from '@texts/zh/core.json'
import own from '@texts/zh/wall.json'
import ui from '@texts/zh/ui.json'

export default { core, ui, wall: own }
