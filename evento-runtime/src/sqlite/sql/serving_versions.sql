select component, serving, newest from projector order by component;
