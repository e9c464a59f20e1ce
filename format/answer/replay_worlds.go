package answer

import (
	"strings"
	"sync"
)

// A World is the setting of layered problems: four categories, the smallest
// things first. The verifier must know, as a reader does, what is a ware.
type World [4]Category

// A Category is a kind of thing, with sublists of names for single things.
type Category struct {
	Plural string
	Kinds  [4]Sublist
}

// A Sublist is a noun under several modifiers. Plurals are regular, and no noun
// ends in the word of its category, so that no name ends in another.
type Sublist struct{ Noun, Mods string }

// Names are the single things of a sublist.
func (k Sublist) Names() []string {
	list := strings.Fields(k.Mods)
	for i := range list {
		list[i] += " " + k.Noun
	}
	return list
}

// categoryOf knows the category of every thing, by its plural.
var categoryOf = sync.OnceValue(func() map[string]string {
	of := map[string]string{}
	for _, w := range Worlds {
		for _, c := range w {
			for _, k := range c.Kinds {
				for _, name := range k.Names() {
					of[name+"s"] = c.Plural
				}
			}
		}
	}
	return of
})

// Worlds are the settings that package igsm draws from.
var Worlds = [4]World{
	{
		{"wares", [4]Sublist{
			{"lantern", "brass copper paper storm signal"}, {"barrel", "oak cedar pine maple willow"},
			{"carpet", "wool silk jute linen cotton"}, {"kettle", "tin iron silver enamel clay"}}},
		{"holds", [4]Sublist{
			{"locker", "forward middle aft upper lower"}, {"chamber", "dry cold dark sealed open"},
			{"bay", "first second third fourth fifth"}, {"deck", "sun rain wind cloud mist"}}},
		{"vessels", [4]Sublist{
			{"barge", "heron otter beaver pelican crane"}, {"schooner", "comet meteor saturn neptune orion"},
			{"ferry boat", "north south east west central"}, {"steamer", "juniper laurel myrtle hazel rowan"}}},
		{"harbors", [4]Sublist{
			{"wharf town", "amber coral pearl opal jade"}, {"pier quarter", "old new great little royal"},
			{"dock island", "gull tern puffin plover osprey"}, {"quay village", "salt sand stone reed shell"}}},
	},
	{
		{"papers", [4]Sublist{
			{"atlas map", "river desert ocean mountain island"}, {"music score", "violin piano cello flute harp"},
			{"letter", "sealed torn folded stamped inked"}, {"drawing", "charcoal pencil chalk crayon pastel"}}},
		{"furnishings", [4]Sublist{
			{"cupboard", "tall narrow wide corner painted"}, {"desk", "walnut birch ash elm beech"},
			{"bookcase", "glass steel bamboo wicker marble"}, {"cabinet", "green blue red white yellow"}}},
		{"rooms", [4]Sublist{
			{"study", "quiet sunny round vaulted attic"}, {"workshop", "pottery weaving carving printing binding"},
			{"reading nook", "window fireside garden stairway balcony"}, {"gallery", "portrait landscape mosaic fresco etching"}}},
		{"colleges", [4]Sublist{
			{"abbey", "ivy thistle clover heather bracken"}, {"academy", "aurora zenith solstice equinox meridian"},
			{"institute", "granite basalt slate flint quartz"}, {"lyceum", "falcon raven swallow owl finch"}}},
	},
	{
		{"plants", [4]Sublist{
			{"tulip", "crimson ivory violet golden striped"}, {"fern", "royal maiden sword holly ribbon"},
			{"cactus ball", "barrel star hedgehog bunny moon"}, {"rose vine", "tea moss dog musk damask"}}},
		{"plots", [4]Sublist{
			{"flower bed", "oval square crescent diamond spiral"}, {"terrace", "upper lower shaded stepped walled"},
			{"rockery", "limestone lava pebble boulder gravel"}, {"pond bank", "lily carp frog dragonfly newt"}}},
		{"gardens", [4]Sublist{
			{"orchard", "apple cherry plum pear quince"}, {"courtyard", "fountain sundial statue cloister arcade"},
			{"meadow", "lark cricket poppy daisy barley"}, {"greenhouse", "orchid citrus palm vanilla pepper"}}},
		{"estates", [4]Sublist{
			{"manor", "ashford kestrel whitby thornton marlow"}, {"castle ward", "lion griffin unicorn dragon stag"},
			{"farmstead", "hilltop valley riverside lakeside woodland"}, {"lodge", "hunter ranger miller forester fisher"}}},
	},
	{
		{"exhibits", [4]Sublist{
			{"fossil", "trilobite ammonite mammoth raptor coral"}, {"coin", "bronze nickel gold copper lead"},
			{"mask", "wolf jaguar eagle monkey tiger"}, {"telescope", "pocket naval tripod mirror student"}}},
		{"showcases", [4]Sublist{
			{"vitrine", "entry lobby balcony hallway cellar"}, {"plinth", "marble timber concrete brick cork"},
			{"drawer unit", "alpha beta gamma delta omega"}, {"pedestal", "rotating lit tilted raised hidden"}}},
		{"wings", [4]Sublist{
			{"rotunda", "spring summer autumn winter harvest"}, {"pavilion", "lotus maple bamboo camellia peony"},
			{"basement hall", "boiler archive vault kitchen crypt"}, {"tower floor", "bell clock lookout beacon dovecote"}}},
		{"museums", [4]Sublist{
			{"science house", "newton kepler hooke boyle faraday"}, {"folk house", "shepherd weaver cooper smith potter"},
			{"art house", "indigo ochre umber sienna cobalt"}, {"war house", "trench cannon saber musket shield"}}},
	},
}
