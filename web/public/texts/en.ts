import core from '@texts/en/core.json'
import own from '@texts/en/public.json'
import ui from '@texts/en/ui.json'

export default { core, ui, public: own }
