<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Spend</name>
    <message numerus="yes">
        <source>%n request(s) of it have no price</source>
        <translation>
            <numerusform>%n request of it has no price</numerusform>
            <numerusform>%n requests of it have no price</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln request(s)</source>
        <translation>
            <numerusform>%Ln request</numerusform>
            <numerusform>%Ln requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TextFormat</name>
    <message numerus="yes">
        <source>%1 + %n unpriced</source>
        <translation>
            <numerusform>%1 + %n unpriced</numerusform>
            <numerusform>%1 + %n unpriced</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TurnChart</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TurnChartData</name>
    <message numerus="yes">
        <source>%1, %n request(s)</source>
        <translation>
            <numerusform>%1, %n request</numerusform>
            <numerusform>%1, %n requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>agent %1, %n request(s)</source>
        <translation>
            <numerusform>agent %1, %n request</numerusform>
            <numerusform>agent %1, %n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::CompareChart</name>
    <message numerus="yes">
        <source>%1: %n turn(s), %2 in all.</source>
        <translation>
            <numerusform>%1: %n turn, %2 in all.</numerusform>
            <numerusform>%1: %n turns, %2 in all.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::CompareModel</name>
    <message numerus="yes">
        <source>%n point(s)</source>
        <translation>
            <numerusform>%n point</numerusform>
            <numerusform>%n points</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::EffectPanel</name>
    <message numerus="yes">
        <source>%Ln errors</source>
        <translation>
            <numerusform>%Ln error</numerusform>
            <numerusform>%Ln errors</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln warnings</source>
        <translation>
            <numerusform>%Ln warning</numerusform>
            <numerusform>%Ln warnings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::HeatMap</name>
    <message numerus="yes">
        <source>%1: %2 in %n request(s)</source>
        <translation>
            <numerusform>%1: %2 in %n request</numerusform>
            <numerusform>%1: %2 in %n requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them unpriced</source>
        <translation>
            <numerusform>%n of them unpriced</numerusform>
            <numerusform>%n of them unpriced</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n day(s), a column for each week.</source>
        <translation>
            <numerusform>%n day, a column for each week.</numerusform>
            <numerusform>%n days, a column for each week.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::LogPage</name>
    <message numerus="yes">
        <source>%Ln lines</source>
        <translation>
            <numerusform>%Ln line</numerusform>
            <numerusform>%Ln lines</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln new lines</source>
        <translation>
            <numerusform>%Ln new line</numerusform>
            <numerusform>%Ln new lines</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::RouterPage</name>
    <message numerus="yes">
        <source>%Ln changes of yours are not saved.</source>
        <translation>
            <numerusform>%Ln change of yours is not saved.</numerusform>
            <numerusform>%Ln changes of yours are not saved.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Save writes %Ln changes to %1.</source>
        <translation>
            <numerusform>Save writes %Ln change to %1.</numerusform>
            <numerusform>Save writes %Ln changes to %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::SessionListModel</name>
    <message numerus="yes">
        <source>%n turn(s)</source>
        <translation>
            <numerusform>%n turn</numerusform>
            <numerusform>%n turns</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::SessionsPage</name>
    <message numerus="yes">
        <source>%n turn(s)</source>
        <translation>
            <numerusform>%n turn</numerusform>
            <numerusform>%n turns</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::SpendChart</name>
    <message numerus="yes">
        <source>? %Ln unpriced</source>
        <translation>
            <numerusform>? %Ln unpriced</numerusform>
            <numerusform>? %Ln unpriced</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln unpriced, not in the sum</source>
        <translation>
            <numerusform>%Ln unpriced, not in the sum</numerusform>
            <numerusform>%Ln unpriced, not in the sum</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln unpriced, in no share</source>
        <translation>
            <numerusform>%Ln unpriced, in no share</numerusform>
            <numerusform>%Ln unpriced, in no share</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) of it have no price.</source>
        <translation>
            <numerusform>%n request of it has no price.</numerusform>
            <numerusform>%n requests of it have no price.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 in %n request(s)</source>
        <translation>
            <numerusform>%1 in %n request</numerusform>
            <numerusform>%1 in %n requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them unpriced</source>
        <translation>
            <numerusform>%n of them unpriced</numerusform>
            <numerusform>%n of them unpriced</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n period(s), %1 in all.</source>
        <translation>
            <numerusform>%n period, %1 in all.</numerusform>
            <numerusform>%n periods, %1 in all.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::StatusStrip</name>
    <message numerus="yes">
        <source>today %n simulated request(s)</source>
        <translation>
            <numerusform>today %n simulated request</numerusform>
            <numerusform>today %n simulated requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n token</numerusform>
            <numerusform>%n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n failed</numerusform>
            <numerusform>%n failed</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::TurnChart</name>
    <message numerus="yes">
        <source>%1: %2 in %n request(s)</source>
        <translation>
            <numerusform>%1: %2 in %n request</numerusform>
            <numerusform>%1: %2 in %n requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>$ per %n turn(s)</source>
        <translation>
            <numerusform>$ per turn</numerusform>
            <numerusform>$ per %n turns</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Tokens per %n turn(s)</source>
        <translation>
            <numerusform>Tokens per turn</numerusform>
            <numerusform>Tokens per %n turns</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n turn(s), %1 in all.</source>
        <translation>
            <numerusform>%n turn, %1 in all.</numerusform>
            <numerusform>%n turns, %1 in all.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>agent %1: %n request(s)</source>
        <translation>
            <numerusform>agent %1: %n request</numerusform>
            <numerusform>agent %1: %n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>tierdeck::ui::TurnTableModel</name>
    <message numerus="yes">
        <source>%1: %n request(s), %2</source>
        <translation>
            <numerusform>%1: %n request, %2</numerusform>
            <numerusform>%1: %n requests, %2</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 and %n unpriced request(s)</source>
        <translation>
            <numerusform>%1 and %n unpriced request</numerusform>
            <numerusform>%1 and %n unpriced requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n failed</numerusform>
            <numerusform>%n failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed · %1</source>
        <translation>
            <numerusform>%n failed · %1</numerusform>
            <numerusform>%n failed · %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
</context>
</TS>
