import core from '@texts/zh/core.json'
import own from '@texts/zh/home.json'
import ui from '@texts/zh/ui.json'

export default { core, ui, home: own }
